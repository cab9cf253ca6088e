package pdp

// CompiledByDecode reports whether Compile takes what Decode has compiled.
func CompiledByDecode(p *Policy) bool { return p.finished != nil && p.finished.fits(p) }

// Patterns counts the patterns that an engine holds.
func Patterns(e *Engine) int { return len(e.corpus.actions) + len(e.corpus.resources) }

// UsualAction reports whether an action is taken at the first look, and whether a
// closer one in any dialect would have taken it too.
func UsualAction(s string) (usual, taken bool) {
	taken = checkActionPattern(Text{Text: s}, DialectIAM) == nil && checkActionPattern(Text{Text: s}, DialectRIAM) == nil
	return usualAction(s), taken
}
