using SignalRPeer;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddSignalR().AddStackExchangeRedis(builder.Configuration["Redis"]!);
var app = builder.Build();
app.MapHub<ProjectHub>("/hub");
app.MapGet("/health", () => "ok");
app.Run();
