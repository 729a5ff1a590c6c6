package generator

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/brianvoe/gofakeit/v7"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
)

var update = flag.Bool("update", false, "write words/foreign.txt anew, which changes the bodies of every seed")

// words/foreign.txt is what gofakeit makes from a fixed seed.
func TestForeignWords_AreFromGofakeit(t *testing.T) {
	t.Parallel()
	faker := gofakeit.NewFaker(prng.New(0x72696e67), false)
	var b strings.Builder
	for range 256 {
		b.WriteString(strings.Join([]string{faker.FirstName(), faker.LastName(), faker.Company(), faker.Sentence(), faker.Noun(), faker.Street()}, "\t") + "\n")
	}
	if *update {
		require.NoError(t, os.WriteFile("words/foreign.txt", []byte(b.String()), 0o644))
	}
	kept, err := os.ReadFile("words/foreign.txt")
	require.NoError(t, err)
	require.Equal(t, b.String(), string(kept))
}
