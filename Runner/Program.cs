using Runner;
using Runner.Containment;
using ServiceDefaults;

if (args is [Supervisor.Verb, .. var command]) return Supervisor.Run(command);

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddRedis();
builder.AddRunner();

var app = builder.Build();
app.MapDefaultEndpoints();
await app.RunAsync();
return 0;
