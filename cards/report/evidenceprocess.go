package report

import (
	"muster/cards/paper"
	"muster/flows"
)

// process is the workflow of the case as the policy had it that its last plan was made under: a picture, and the same in the report. There is
// none when that policy was not kept, when this Muster cannot read it any more, or when the case follows no workflow.
func (r dossier) process() ([]paper.Part, []flows.PackFile, error) {
	var text []byte
	for _, p := range r.Policies {
		if p.Text != nil {
			text = p.Text
		}
	}
	if text == nil {
		return nil, nil, nil
	}
	policy, err := flows.ParsePolicy("policy.yaml", text)
	if err != nil {
		return nil, nil, nil // its own file in the pack is still what it was
	}
	m := flows.MapProcess(policy, nil, func(name string) string { return name }, r.At)
	f, ok := m.Flow(flowOf(r.Case))
	if !ok {
		return nil, nil, nil
	}
	drawing := ProcessDrawing(m, f)
	svg, err := drawing.SVG("The workflow: " + f.Title + ".")
	if err != nil {
		return nil, nil, err
	}
	return []paper.Part{
		paper.Heading{Level: 1, Text: "The process, as the policy had it"},
		paper.Para{Text: "Drawn from the policy " + hashStart(policy.Hash()) + ", which is in this pack."},
		paper.Figure{Drawing: drawing, Caption: f.Title, Alt: "The policy in this pack says the same in words."},
	}, []flows.PackFile{{Name: "process.svg", Data: svg}}, nil
}

// flowOf is the workflow of a case by its name in the policy.
func flowOf(c flows.Case) string {
	switch e := c.Event; {
	case e.Kind == flows.JoinerEvent && e.Former != "":
		return flows.RehireFlow
	case e.Kind == flows.JoinerEvent:
		return flows.JoinerFlow
	case e.Kind == flows.MoverEvent && e.End != "":
		return flows.SecondmentFlow
	case e.Kind == flows.MoverEvent:
		return flows.MoverFlow
	case e.Kind == flows.LeaverEvent && e.Urgent:
		return flows.UrgentLeaverFlow
	case e.Kind == flows.LeaverEvent:
		return flows.LeaverFlow
	case e.Kind == flows.LeaveEvent:
		return flows.LeaveFlow
	case e.Kind == flows.RenameEvent:
		return flows.RenameFlow
	}
	return ""
}
