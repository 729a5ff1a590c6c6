//go:build !unix && !windows

package process

import "os/exec"

// shell runs a command line.
func shell(line string) *exec.Cmd {
	return exec.Command("sh", "-c", line) //nolint:noctx // it is stopped
}

func terminate(*exec.Cmd) bool { return false }

func kill(c *exec.Cmd) { _ = c.Process.Kill() }
