namespace Load;

/// <summary>What is asked of a server.</summary>
/// <param name="Name">In the table.</param>
/// <param name="Projects">How many projects.</param>
/// <param name="Viewers">Viewers of each.</param>
/// <param name="PerSecond">Events a second, over all projects; 0: as fast as they are taken.</param>
/// <param name="Events">Events in all.</param>
public sealed record Shape(string Name, int Projects, int Viewers, int PerSecond, int Events)
{
    /// <summary>The shapes of design.md §9.</summary>
    public static IReadOnlyList<Shape> All { get; } =
    [
        new("1 × 1,000 saturated", 1, 1000, 0, 3_000),
        new("1 × 1,000 at 15 events/s", 1, 1000, 15, 150),
        new("200 × 5 saturated", 200, 5, 0, 200_000),
        new("200 × 5 at 2,000 events/s", 200, 5, 2000, 20_000),
    ];
}

/// <summary>What came of it.</summary>
public sealed record Result(
    string Target, string Shape, long Delivered, long Missing, long DuplicatedOrReordered, double CpuPerDelivery, double DeliveriesPerCpuSecond, double P50, double P95, double P99, double P999, double Seconds);
