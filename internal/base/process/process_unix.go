//go:build unix

package process

import (
	"os/exec"
	"syscall"
)

// shell returns the command of a command line, in a process group of its own.
func shell(line string) *exec.Cmd {
	c := exec.Command("/bin/sh", "-c", line) //nolint:noctx // Stop ends the process group
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c
}

// terminate asks the process group to end, and reports whether that was possible.
func terminate(c *exec.Cmd) bool { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) == nil }

// kill ends the process group.
func kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
