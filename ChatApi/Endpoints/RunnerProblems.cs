using Microsoft.AspNetCore.Http.HttpResults;
using Protocol.Redis;

namespace ChatApi.Endpoints;

/// <summary>What a runner could not answer, as a problem.</summary>
internal static class RunnerProblems
{
    /// <summary>Asks: the answer, or why there is none.</summary>
    public static async Task<(T? Answer, ProblemHttpResult? Problem)> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return (await ask(), null);
        }
        catch (RunnerCallException error)
        {
            var status = error.Code switch
            {
                RunnerCallException.NotFound => StatusCodes.Status404NotFound,
                RunnerCallException.Unanswered or "cli_unavailable" => StatusCodes.Status503ServiceUnavailable,
                "file_too_large" => StatusCodes.Status413PayloadTooLarge,
                _ => StatusCodes.Status409Conflict,
            };
            return (default, Problems.Of(status, error.Code, error.Message));
        }
        catch (Exception error) when (error is StackExchange.Redis.RedisException or TimeoutException)
        {
            return (default, Problems.Of(StatusCodes.Status503ServiceUnavailable, "redis_away", $"Redis does not answer ({error.Message}). Try again in a moment."));
        }
    }
}
