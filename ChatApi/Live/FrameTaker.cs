using ChatApi.Messages;
using Protocol.Events;

namespace ChatApi.Live;

/// <summary>Who sends over a socket.</summary>
/// <param name="Name">Their name, where one is known.</param>
/// <param name="TraceParent">W3C trace context for what they send.</param>
internal sealed record Sender(string? Name, string? TraceParent);

/// <summary>Does what a browser's frames ask for.</summary>
internal sealed class FrameTaker(MessageIntake intake, SessionPreparation preparation, RequestAnswers answers, SessionSettings settings)
{
    /// <summary>Takes a frame to its end, also when the browser leaves meanwhile. Returns why it was not taken.</summary>
    public async Task<Rejected?> TakeAsync(string projectId, BrowserFrame frame, Sender sender)
    {
        switch (frame)
        {
            case BrowserFrame.Bad bad:
                return new Rejected(bad.Code, bad.Message, bad.ClientMessageId);
            case BrowserFrame.UserMessage message:
                var incoming = new IncomingMessage(message.Content, message.ClientMessageId, message.SessionId, sender.Name, sender.TraceParent, message.Steer, message.Attachments);
                var outcome = await intake.SendAsync(projectId, incoming, CancellationToken.None);
                return outcome.Refusal is { } refusal ? new Rejected(refusal.Code, refusal.Message, message.ClientMessageId) : null;
            case BrowserFrame.Prepare prepare:
                return Rejection(await preparation.PrepareAsync(projectId, prepare.SessionId, CancellationToken.None));
            case BrowserFrame.Interrupt interrupt:
                return Rejection(await intake.InterruptAsync(projectId, interrupt.SessionId, CancellationToken.None));
            case BrowserFrame.Answer answer:
                return Rejection(await answers.SendAsync(projectId, answer.Value with { By = sender.Name ?? "Somebody" }, CancellationToken.None));
            case BrowserFrame.Change change:
                return Rejection((await settings.ChangeAsync(projectId, change.SessionId, change.Value, sender.Name, CancellationToken.None)).Refusal);
            default:
                return null;
        }
    }

    private static Rejected? Rejection(Refusal? refusal) => refusal is null ? null : new Rejected(refusal.Code, refusal.Message);
}
