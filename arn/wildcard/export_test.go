package wildcard

// ShapeForTest returns the name of the shape that Compile chose.
func (p Pattern) ShapeForTest() string {
	return [...]string{"none", "anything", "exact", "prefix", "suffix", "contains", "affixes", "fixed", "general"}[p.shape]
}
