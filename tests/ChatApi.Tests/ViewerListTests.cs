using ChatApi.Live;
using ChatApi.Live.Framing;
using FsCheck;
using FsCheck.Xunit;

namespace ChatApi.Tests;

/// <summary>The viewers of a project, gone through while some come and others go.</summary>
public sealed class ViewerListTests
{
    /// <summary>
    /// Steps of one viewer who comes (even numbers) or one who goes (odd ones), in the middle of them somebody who goes through:
    /// whoever was here all the time is met once, in the order in which they came; nobody twice, and nobody who was never here.
    /// </summary>
    [Property(MaxTest = 500)]
    public void Who_stays_is_met_once_in_order_whoever_comes_and_goes_meanwhile(byte[] before, byte[] meanwhile, PositiveInt metBefore)
    {
        var list = new ViewerList();
        var here = new List<Viewer>();
        Take(before, list, here);
        Assert.Equal(here, All(list));

        var met = new List<Viewer>();
        var stays = new HashSet<Viewer>(here);
        var going = list.GetEnumerator();
        for (var i = 0; i < metBefore.Get && going.MoveNext(); i++) met.Add(going.Current);
        Take(meanwhile, list, here);
        while (going.MoveNext()) met.Add(going.Current);
        stays.IntersectWith(here);

        Assert.Equal(met.Count, met.Distinct().Count());
        Assert.Equal(here.Where(stays.Contains), met.Where(stays.Contains));
        Assert.Equal(here, All(list));
        Assert.Equal(here.Count, list.Count);
    }

    [Fact]
    public void Its_places_are_given_back_when_most_have_gone()
    {
        var (list, here) = (new ViewerList(), new List<Viewer>());
        Take(new byte[1000], list, here);
        Take([.. Enumerable.Repeat((byte)1, 990)], list, here);
        Assert.Equal(here, All(list));
        Assert.InRange(list.Places, 10, 40);
    }

    private static void Take(byte[] steps, ViewerList list, List<Viewer> here)
    {
        foreach (var step in steps)
        {
            if (step % 2 == 0)
            {
                here.Add(new Viewer(FrameFormat.WebSocket, null!, 0, null!) { Feed = null! });
                list.Add(here[^1]);
            }
            else if (here.Count > 0)
            {
                list.Remove(here[step / 2 % here.Count]);
                here.RemoveAt(step / 2 % here.Count);
            }
        }
    }

    private static List<Viewer> All(ViewerList list)
    {
        var all = new List<Viewer>();
        foreach (var viewer in list) all.Add(viewer);
        return all;
    }
}
