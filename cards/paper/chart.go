package paper

import (
	"math"
	"strconv"
)

// Series is one kind of value in a chart: its name in the legend and its colour.
type Series struct {
	Name string
	Tone Tone
}

// Bar is one row of Bars: a value for each series.
type Bar struct {
	Name   string
	Values []float64
}

// Sizes of charts.
const (
	chartW    = 640.0
	chartText = 12.0
	legendH   = 24.0
)

// Bars draws one bar for each row, its parts by series side by side and their sum at the end. No value is below nothing.
func Bars(series []Series, rows []Bar) Drawing {
	d := Drawing{W: chartW}
	y := d.legend(series)
	top := y
	most, names, sums := 0.0, 0.0, 0.0
	for _, r := range rows {
		sum := 0.0
		for i := range series {
			sum += value(r.Values, i)
		}
		most = max(most, sum)
		names = max(names, Width(r.Name, chartText, false))
		sums = max(sums, Width(Amount(sum), chartText, true))
	}
	names = min(names, 200)
	left := names + 12
	room := chartW - left - sums - 12
	for _, r := range rows {
		lines := Wrap(line(r.Name), chartText, names, false)
		lines = lines[:min(len(lines), 2)]
		h := max(24, float64(len(lines))*15+6)
		for i, l := range lines {
			d.add(Text{X: left - 10, Y: y + h/2 + 4.5 + (float64(i)-float64(len(lines)-1)/2)*15, Text: l, Size: chartText, Anchor: End})
		}
		x, sum := left, 0.0
		for i, s := range series {
			v := value(r.Values, i)
			if sum += v; v > 0 {
				w := max(1.5, v/most*room)
				d.add(Box{X: x, Y: y + h/2 - 8, W: w, H: 16, Fill: s.Tone})
				x += w
			}
		}
		d.add(Text{X: x + 6, Y: y + h/2 + 4.5, Text: Amount(sum), Size: chartText, Bold: true})
		y += h + 4
	}
	d.add(Line{From: Point{left, top}, To: Point{left, y}, Tone: Rule})
	d.H = y + 4
	return d
}

// Bin is one column of a histogram.
type Bin struct {
	Name  string
	Count int
	Tone  Tone // None is Accent
}

// Mark is a line across a histogram, such as a percentile: At counts bins from the left edge, 0 to their number.
type Mark struct {
	Name string
	At   float64
}

// Histogram draws how often each of some neighbouring spans came, with marks across.
func Histogram(bins []Bin, marks []Mark) Drawing {
	const top, tall = 12.0, 170.0
	head := top + 16*float64(len(marks))
	d := Drawing{W: chartW}
	most := 1
	for _, b := range bins {
		most = max(most, b.Count)
	}
	w := chartW / float64(max(1, len(bins)))
	foot := head + 16 + tall
	lines := 1
	for i, b := range bins {
		x := float64(i) * w
		tone := b.Tone
		if tone == None {
			tone = Accent
		}
		if h := float64(max(0, b.Count)) / float64(most) * tall; h > 0 {
			d.add(Box{X: x + 2, Y: foot - h, W: w - 4, H: h, Fill: tone})
			d.add(Text{X: x + w/2, Y: foot - h - 4, Text: strconv.Itoa(b.Count), Size: 11, Anchor: Middle})
		}
		names := Wrap(line(b.Name), 11, w-4, false)
		lines = max(lines, len(names))
		for j, l := range names {
			d.add(Text{X: x + w/2, Y: foot + 15 + float64(j)*13, Text: l, Size: 11, Tone: Muted, Anchor: Middle})
		}
	}
	d.add(Line{From: Point{0, foot}, To: Point{chartW, foot}, Tone: Rule})
	for i, m := range marks {
		x := min(max(m.At, 0), float64(len(bins))) * w
		y := top + 16*float64(i)
		d.add(Line{From: Point{x, y + 4}, To: Point{x, foot}, Tone: Muted, Dashed: true})
		t := Text{X: x + 4, Y: y, Text: m.Name, Size: 11, Bold: true}
		if x+4+Width(m.Name, 11, true) > chartW {
			t.X, t.Anchor = min(x-4, chartW), End
		}
		d.add(t)
	}
	d.H = foot + 8 + float64(lines)*13
	return d
}

// Curve is one line of a chart over time: a value for each place, NaN for none.
type Curve struct {
	Series
	Values []float64
}

// Curves draws lines over the places, which are named below.
func Curves(places []string, curves []Curve) Drawing {
	const left, tall = 46.0, 170.0
	d := Drawing{W: chartW}
	series := make([]Series, len(curves))
	most := 0.0
	for i, c := range curves {
		series[i] = c.Series
		for _, v := range c.Values {
			if v > most {
				most = v
			}
		}
	}
	top := d.legend(series) + 8
	step := tick(most)
	ticks := int(math.Ceil(most/step - 1e-9))
	for i := range max(1, ticks) + 1 {
		y := top + tall*(1-float64(i)/float64(max(1, ticks)))
		d.add(Line{From: Point{left, y}, To: Point{chartW, y}, Tone: Rule}, Text{X: left - 8, Y: y + 4, Text: Amount(float64(i) * step), Size: 11, Tone: Muted, Anchor: End})
	}
	w := (chartW - left) / float64(max(1, len(places)))
	every := 1
	for _, name := range places {
		every = max(every, int(math.Ceil((Width(name, 11, false)+6)/w)))
	}
	for i, name := range places {
		if i%every == 0 {
			d.add(Text{X: left + (float64(i)+0.5)*w, Y: top + tall + 17, Text: name, Size: 11, Tone: Muted, Anchor: Middle})
		}
	}
	whole := step * float64(max(1, ticks))
	for _, c := range curves {
		var last Point
		drawn := false
		for i := range places {
			v := math.NaN()
			if i < len(c.Values) {
				v = c.Values[i]
			}
			if math.IsNaN(v) || math.IsInf(v, 0) {
				drawn = false
				continue
			}
			p := Point{left + (float64(i)+0.5)*w, top + tall*(1-max(0, v)/whole)}
			if drawn {
				d.add(Line{From: last, To: p, Width: 2, Tone: c.Tone})
			}
			d.add(Box{X: p.X - 3, Y: p.Y - 3, W: 6, H: 6, Radius: 3, Fill: c.Tone})
			last, drawn = p, true
		}
	}
	d.H = top + tall + 26
	return d
}

// tick is a round step for an axis of some four steps.
func tick(most float64) float64 {
	if !(most > 0) || math.IsInf(most, 0) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(most/4)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*unit*4 >= most-1e-9 {
			return m * unit
		}
	}
	return 10 * unit
}

// Amount is a number as people write it: without places if it is whole, else with one.
func Amount(v float64) string {
	if v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// value is the value of a series in a row: nothing where there is none, or less.
func value(v []float64, i int) float64 {
	if i < len(v) && v[i] > 0 && !math.IsInf(v[i], 0) {
		return v[i]
	}
	return 0
}

// legend writes the names of the series if there are several, and says where the chart begins.
func (d *Drawing) legend(series []Series) float64 {
	if len(series) < 2 {
		return 0
	}
	x, y := 0.0, 0.0
	for _, s := range series {
		wide := 18 + Width(s.Name, chartText, false) + 18
		if x > 0 && x+wide > chartW {
			x, y = 0, y+18
		}
		d.add(Box{X: x, Y: y + 2, W: 12, H: 12, Radius: 2, Fill: s.Tone}, Text{X: x + 18, Y: y + 12.5, Text: s.Name, Size: chartText})
		x += wide
	}
	return y + legendH
}
