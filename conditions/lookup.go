package conditions

import "strings"

// A Source answers what a request says about a key. The engine's own source puts
// its derived keys before the request's Context.
type Source interface {
	// Value is asked by the key's folded name (see Fold).
	Value(name string) Value
	// Lookup is the same for a key that is known since the policy was compiled. It
	// answers as Value(k.Name()) does.
	Lookup(k *Key) Value
	// Seconds returns the key's value as whole seconds since the Unix epoch if the
	// source has it as a number, so that comparing it with a date needs no text. ok
	// is false where Lookup must be asked.
	Seconds(k *Key) (sec int64, ok bool)
}

// A Key is the name of a context key as policies ask for it, together with what
// can be known of it before any request, so that its value need not be found by the
// text of its name. It does not change once made.
type Key struct {
	name string // folded
	row  int16  // of the table of known keys; -1: it is not there
	own  bool   // neither AWS nor WAMI has it: it can only come with the request
	tag  int32  // where what follows the family's name begins; 0: it is no family's
}

// KeyOf returns the key of a name in any case.
func KeyOf(name string) Key {
	k := Key{name: Fold(name), row: -1}
	k.own = !strings.HasPrefix(k.name, "aws:") && !strings.HasPrefix(k.name, "wami:")
	if i, ok := keyIndex[k.name]; ok {
		k.row = int16(i)
		return k
	}
	if at := strings.IndexByte(k.name, '/'); at >= 0 {
		if i, ok := keyIndex[k.name[:at+1]]; ok {
			k.row, k.tag = int16(i), int32(at+1)
		}
	}
	return k
}

// Name returns the key's folded name.
func (k *Key) Name() string { return k.name }

// Row returns which of KnownKeys the key is, or is of the family of; -1 is none.
func (k *Key) Row() int { return int(k.row) }

// Own reports whether neither AWS nor WAMI has the key, so that no engine derives it
// and its value can only come with the request.
func (k *Key) Own() bool { return k.own }

// Tag returns what follows the name of the key's family, "" of no family.
func (k *Key) Tag() string {
	if k.tag == 0 {
		return ""
	}
	return k.name[k.tag:]
}

// Lookup returns what the request says about a key. It is safe on a nil Context.
func (c *Context) Lookup(k *Key) Value {
	if c != nil {
		for i := range min(len(c.names), indexFrom) {
			if c.names[i] == k.name {
				return c.values[i]
			}
		}
	}
	return c.Value(k.name)
}

// Seconds knows nothing: what a request brings is text.
func (c *Context) Seconds(*Key) (int64, bool) { return 0, false }
