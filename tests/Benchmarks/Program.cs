using BenchmarkDotNet.Running;

// dotnet run -c Release --project tests/Benchmarks -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(Benchmarks.TranslatorBenchmarks).Assembly).Run([.. args, "--artifacts", "artifacts/benchmarks"]);
