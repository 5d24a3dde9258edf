namespace ChatApi.Live;

/// <summary>
/// The viewers of a project. Gone through without a lock while it changes: who comes or goes meanwhile is met, or not. Changed by
/// one at a time. Who comes takes a free place, so that ten thousand who come at once are not ten thousand copies of all.
/// </summary>
internal sealed class ViewerList
{
    private const int Fewest = 4;

    private Viewer?[] _places = new Viewer?[Fewest];
    private int _taken; // Places that were taken since the array was made, by viewers who are here or have gone.
    private int _count;

    /// <summary>How many they are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>For how many there is room before it moves.</summary>
    public int Places => _places.Length;

    /// <summary>Adds one.</summary>
    public void Add(Viewer viewer)
    {
        if (_taken == _places.Length) MoveTo(Math.Max(Fewest, _count * 2));
        _places[_taken++] = viewer;
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Removes one, who is here.</summary>
    public void Remove(Viewer viewer)
    {
        _places[Array.IndexOf(_places, viewer)] = null;
        Volatile.Write(ref _count, _count - 1);
        if (_places.Length > Fewest && _count < _places.Length / 4) MoveTo(Math.Max(Fewest, _count * 2));
    }

    /// <summary>Goes through those who are here now.</summary>
    public Enumerator GetEnumerator() => new(Volatile.Read(ref _places));

    private void MoveTo(int places)
    {
        var moved = new Viewer?[places];
        var next = 0;
        foreach (var viewer in this) moved[next++] = viewer;
        _taken = next;
        Volatile.Write(ref _places, moved);
    }

    /// <summary>Goes through the places that are taken.</summary>
    public struct Enumerator(Viewer?[] places)
    {
        private int _at = -1;

        /// <summary>The viewer that was come to.</summary>
        public Viewer Current { get; private set; } = null!;

        /// <summary>Goes to the next; false when there is none.</summary>
        public bool MoveNext()
        {
            while (++_at < places.Length)
            {
                if (places[_at] is not { } viewer) continue;
                Current = viewer;
                return true;
            }

            return false;
        }
    }
}
