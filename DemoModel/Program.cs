using DemoModel;
using DemoModel.Messages;
using ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddOptions<DemoModelOptions>().BindConfiguration("DemoModel").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton<Failures>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessagesApi();
app.Run();
