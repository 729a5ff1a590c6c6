//go:build !unix && !windows

package process

import "os/exec"

// shell returns the command of a command line.
func shell(line string) *exec.Cmd {
	return exec.Command("sh", "-c", line) //nolint:noctx // Stop ends it
}

func terminate(*exec.Cmd) bool { return false }

func kill(c *exec.Cmd) { _ = c.Process.Kill() }
