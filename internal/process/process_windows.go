package process

import (
	"os/exec"
	"strconv"
	"syscall"
)

// shell runs a command line, which the shell reads by its own rules.
func shell(line string) *exec.Cmd {
	c := exec.Command("cmd") //nolint:noctx // it is stopped with what it started
	c.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd /S /C "` + line + `"`}
	return c
}

// terminate does nothing: a process without a window cannot be asked.
func terminate(*exec.Cmd) bool { return false }

// kill ends the command and all that it started.
func kill(c *exec.Cmd) {
	_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(c.Process.Pid)).Run() //nolint:noctx // it takes a moment
	_ = c.Process.Kill()
}
