package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/cmd/floors"
)

// drawFloors draws the floors, the highest first, each package as a box. A floor that
// holds only examples is left out.
func drawFloors(all []floors.Floor) string {
	const rowHeight, boxHeight, perLetter, width, captionWidth = 56, 34, 8, 1080, 140
	var lines, boxes, names, captions strings.Builder
	y := 72
	for _, f := range slices.Backward(all) {
		x := 20
		for _, name := range f.Packages {
			if strings.HasPrefix(name, "examples/") {
				continue
			}
			colors := `fill="#e6f4ea" stroke="#2f855a"`
			switch {
			case strings.HasPrefix(name, "internal/"):
				colors = `fill="#edf0f4" stroke="#718096"`
			case strings.HasPrefix(name, "cmd/"):
				colors = `fill="#e8effc" stroke="#3563a8"`
			}
			box := 18 + perLetter*len(name)
			if x+box > width-captionWidth {
				x, y = 20, y+boxHeight+10
			}
			fmt.Fprintf(&boxes, "    <rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" %s/>\n", x, y, box, boxHeight, colors)
			fmt.Fprintf(&names, "    <text x=\"%d\" y=\"%d\">%s</text>\n", x+box/2, y+22, name)
			x += box + 10
		}
		if x == 20 {
			continue
		}
		fmt.Fprintf(&captions, "    <text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", width-20, y+22, f.Caption)
		fmt.Fprintf(&lines, "    <path d=\"M20 %dH%d\"/>\n", y+43, width-20)
		y += rowHeight
	}
	return fmt.Sprintf(floorsFrame, width, y+18, width, y+18, width-2, y+16, width-20, lines.String(), boxes.String(), names.String(), captions.String())
}

const floorsFrame = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">
  <title id="title">The floors of the packages</title>
  <desc id="desc">The packages of Ringback, floor by floor. A package imports only packages of lower floors. Green packages are public,
    gray ones internal, and the command is blue.</desc>
  <!-- An opaque background, so that it reads the same on a light and on a dark page. -->
  <rect x="1" y="1" width="%d" height="%d" rx="10" fill="#fdfcf9" stroke="#cbd5e0" stroke-width="2"/>
  <g fill="#2d3748" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">
    <text x="20" y="34" font-size="15" font-weight="600">A package imports only packages of lower floors</text>
    <text x="%d" y="34" text-anchor="end">green: public · gray: internal</text>
  </g>
  <g stroke="#e2e8f0">
%s  </g>
  <g stroke-width="1.5">
%s  </g>
  <g text-anchor="middle" fill="#1a202c">
%s  </g>
  <g fill="#4a5568" font-style="italic" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">
%s  </g>
</svg>
`
