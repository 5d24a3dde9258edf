using ChatApi;
using Scalar.AspNetCore;
using ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddRedis();
builder.AddChatApi();

var app = builder.Build();
app.MapChatApi();
app.MapScalarApiReference("/docs");
app.MapDefaultEndpoints();
app.Run();
