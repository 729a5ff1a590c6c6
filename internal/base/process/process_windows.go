package process

import (
	"os/exec"
	"strconv"
	"syscall"
)

// shell returns the command of a command line, which the shell parses by its own rules.
func shell(line string) *exec.Cmd {
	c := exec.Command("cmd") //nolint:noctx // Stop ends it with its child processes
	c.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd /S /C "` + line + `"`}
	return c
}

// terminate does nothing: a process without a window has no request to end.
func terminate(*exec.Cmd) bool { return false }

// kill ends the command and its child processes.
func kill(c *exec.Cmd) {
	_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(c.Process.Pid)).Run() //nolint:noctx // it is short
	_ = c.Process.Kill()
}
