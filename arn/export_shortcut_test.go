package arn

// ParseSlowly is Parse without its shortcut.
func ParseSlowly(s string) (ARN, error) { return parse(s) }

// TakesShortcut reports whether Parse needs no more than its shortcut.
func TakesShortcut(s string) bool {
	return parsePlain(new(ARN), s)
}
