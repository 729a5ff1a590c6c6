//go:build unix

package process

import (
	"os/exec"
	"syscall"
)

// shell runs a command line in a group of processes of its own.
func shell(line string) *exec.Cmd {
	c := exec.Command("/bin/sh", "-c", line) //nolint:noctx // it is stopped by its group, politely
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c
}

// terminate asks the command and all that it started to end, and reports whether it could.
func terminate(c *exec.Cmd) bool { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) == nil }

// kill ends what is left of them.
func kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
