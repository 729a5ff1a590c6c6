package generator

// WithoutRetries makes the first invalid body an error.
func (g *Generator) WithoutRetries() *Generator {
	g.retries = 0
	return g
}
