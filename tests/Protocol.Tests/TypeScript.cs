using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Protocol.Events;

namespace Protocol.Tests;

/// <summary>Writes the wire's types in TypeScript, from the same description that serialises them.</summary>
internal static class TypeScript
{
    /// <summary>The whole of webapp/lib/chat/wire.ts.</summary>
    public static string Generate()
    {
        var known = new Dictionary<Type, string>();
        var text = new StringBuilder("// Generated from Protocol/Events by tests/Protocol.Tests. Do not edit: UPDATE_GOLDEN=1 ./test --filter Wire\n");
        var frames = WireJson.Options.GetTypeInfo(typeof(Frame)).PolymorphismOptions!.DerivedTypes;
        var body = new StringBuilder();
        foreach (var frame in frames) body.Append(Interface(frame.DerivedType, (string)frame.TypeDiscriminator!, known));
        // Types that frames hold come after them; writing one may name another.
        for (var written = 0; written < known.Count; written++) body.Append(Interface(known.Keys.ElementAt(written), null, known));

        string Union(Func<Type, bool> of) => string.Join("", frames.Where(f => of(f.DerivedType)).Select(f => $"\n  | {f.DerivedType.Name}Frame"));
        foreach (var frame in WireJson.Options.GetTypeInfo(typeof(BrowserFrame)).PolymorphismOptions!.DerivedTypes) body.Append(Interface(frame.DerivedType, (string)frame.TypeDiscriminator!, known));
        text.Append(body);
        text.Append($"\n/** A numbered event of a project. */\nexport type WireEvent ={Union(t => t.IsAssignableTo(typeof(Event)))};\n");
        text.Append($"\n/** Anything that the server sends. */\nexport type WireFrame =\n  | WireEvent{Union(t => !t.IsAssignableTo(typeof(Event)))};\n");
        var sent = WireJson.Options.GetTypeInfo(typeof(BrowserFrame)).PolymorphismOptions!.DerivedTypes.Select(f => $"\n  | {f.DerivedType.Name}Frame");
        text.Append($"\n/** Anything that a browser sends. */\nexport type BrowserFrame ={string.Concat(sent)};\n");
        return text.ToString();
    }

    private static string Interface(Type type, string? discriminator, Dictionary<Type, string> known)
    {
        var info = WireJson.Options.GetTypeInfo(type);
        var text = new StringBuilder($"\nexport interface {type.Name}{(discriminator is null ? "" : "Frame")} {{\n");
        if (discriminator is not null) text.Append($"  type: \"{discriminator}\";\n");
        foreach (var property in info.Properties)
        {
            var optional = property.IsGetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null;
            text.Append($"  {property.Name}{(optional ? "?" : "")}: {NameOf(property.PropertyType, known)};\n");
        }

        return text.Append("}\n").ToString();
    }

    private static string NameOf(Type type, Dictionary<Type, string> known)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return "string";
        if (type == typeof(bool)) return "boolean";
        if (type == typeof(int) || type == typeof(long) || type == typeof(decimal)) return "number";
        if (type == typeof(JsonElement) || type.IsAssignableTo(typeof(JsonNode))) return "unknown";
        var info = WireJson.Options.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Enumerable: return $"{NameOf(info.ElementType!, known)}[]";
            case JsonTypeInfoKind.Dictionary: return $"Record<string, {NameOf(info.ElementType!, known)}>";
            default:
                known.TryAdd(type, type.Name);
                return type.Name;
        }
    }
}
