package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A deadlined is a connection that writes its read deadlines down.
type deadlined struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlined) SetReadDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return nil
}

// A call has a deadline until its body is read, and none while it is being answered.
func TestABodyHasADeadlineUntilItIsRead(t *testing.T) {
	t.Parallel()
	d := &deadlined{ResponseRecorder: httptest.NewRecorder()}
	before := time.Now()
	bounded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		assert.Len(t, d.set, 1)
		assert.WithinRange(t, d.set[0], before.Add(bodyPatience), time.Now().Add(bodyPatience))
		_, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Len(t, d.set, 2)
		assert.Zero(t, d.set[1])
	})).ServeHTTP(d, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("body")))
	require.Len(t, d.set, 2)
}
