package pdp

// CompiledByDecode reports whether Compile takes what Decode has compiled.
func CompiledByDecode(p *Policy) bool { return p.finished != nil && p.finished.fits(p) }

// Patterns counts the patterns that an engine holds.
func Patterns(e *Engine) int { return len(e.corpus.actions) + len(e.corpus.resources) }
