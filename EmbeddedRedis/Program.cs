using EmbeddedRedis;
using ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddOptions<EmbeddedRedisOptions>().BindConfiguration("EmbeddedRedis").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton<GarnetHost>();
builder.Services.AddHostedService(services => services.GetRequiredService<GarnetHost>());
builder.Services.AddHealthChecks().AddCheck<GarnetHost>("garnet");

var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
