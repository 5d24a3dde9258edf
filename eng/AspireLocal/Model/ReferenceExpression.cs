using System.Runtime.CompilerServices;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Text with values in it that are known once the application starts.</summary>
public sealed class ReferenceExpression : IValueProvider
{
    private readonly IReadOnlyList<object> _parts;

    private ReferenceExpression(IReadOnlyList<object> parts) => _parts = parts;

    string? IValueProvider.Value => string.Concat(_parts.Select(part => part is IValueProvider provider ? provider.Value : part.ToString()));

    /// <summary>Makes one from an interpolated string.</summary>
    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => new(handler.Parts);

    /// <summary>Takes an interpolated string apart.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        internal List<object> Parts { get; } = new(formattedCount + (literalLength > 0 ? 1 : 0));

        /// <summary>Text.</summary>
        public void AppendLiteral(string value) => Parts.Add(value);

        /// <summary>Text that is known already.</summary>
        public void AppendFormatted(string? value) => Parts.Add(value ?? "");

        /// <summary>An endpoint's address.</summary>
        public void AppendFormatted(EndpointReference value) => Parts.Add(value);

        /// <summary>A part of an endpoint's address.</summary>
        public void AppendFormatted(EndpointReferenceExpression value) => Parts.Add(value);

        /// <summary>A parameter.</summary>
        public void AppendFormatted(IResourceBuilder<ParameterResource> value) => Parts.Add(value.Resource);
    }
}
