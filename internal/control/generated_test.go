package control_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClient_IsGeneratedFromTheOpenAPIDocument(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("control.go")
	require.NoError(t, err)
	tool := regexp.MustCompile(`go run (\S+@\S+) `).FindSubmatch(source)
	require.NotNil(t, tool)
	if out, err := exec.CommandContext(t.Context(), "go", "run", string(tool[1]), "-version").CombinedOutput(); err != nil {
		t.Skipf("load %s: %v: %s", tool[1], err, out)
	}
	made := filepath.Join(t.TempDir(), "client.gen.go")
	settings, err := os.ReadFile("oapi-codegen.yaml")
	require.NoError(t, err)
	config := filepath.Join(t.TempDir(), "oapi-codegen.yaml")
	require.NoError(t, os.WriteFile(config, bytes.Replace(settings, []byte("output: client.gen.go"), []byte("output: "+made), 1), 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "run", string(tool[1]), "-config", config, "../../server/openapi.yaml").CombinedOutput()
	require.NoError(t, err, "%s", out)
	want, err := os.ReadFile(made)
	require.NoError(t, err)
	got, err := os.ReadFile("client.gen.go")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run go generate ./internal/control")
}
