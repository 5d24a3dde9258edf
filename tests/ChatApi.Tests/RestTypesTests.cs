using ChatApi.Endpoints;
using ChatApi.Messages;
using Protocol.Redis;
using TestKit;

namespace ChatApi.Tests;

/// <summary>The page's types of REST are those of the endpoints.</summary>
public sealed class RestTypesTests
{
    [Fact]
    public void The_TypeScript_types_are_those_of_the_endpoints() => Assert.Null(Golden.Difference(
        Path.Combine(Repository.Root, "webapp", "lib", "rest.ts"),
        TypeScript.OfRest("ChatApi/Endpoints by tests/ChatApi.Tests", typeof(ProjectResponse), typeof(ProjectRequest), typeof(SessionResponse), typeof(SessionRequest), typeof(NewSessionRequest), typeof(HistoryResponse), typeof(InboxItem), typeof(AnswerRequest), typeof(CapabilitiesResponse), typeof(MessageRequest), typeof(EditRequest), typeof(FoundFiles), typeof(RewindRequest), typeof(RewoundFiles), typeof(ClaudeSettings), typeof(McpTestRequest), typeof(TestedMcpServers), typeof(LedgerResponse), typeof(FoundTranscripts))));
}
