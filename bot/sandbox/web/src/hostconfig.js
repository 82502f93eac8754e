// How Teams draws a card. The colours are style sheet variables, so that light
// and dark need no second rendering.
const tone = (name) => ({ default: `var(--${name})`, subtle: `var(--${name}-subtle)` });
const foregroundColors = {
  default: { default: "var(--text)", subtle: "var(--text-2)" },
  dark: { default: "var(--text)", subtle: "var(--text-2)" },
  light: { default: "var(--text-3)", subtle: "var(--text-3)" },
  accent: tone("accent"),
  good: tone("good"),
  warning: tone("warning"),
  attention: tone("attention"),
};
const style = (background, border) => ({ backgroundColor: background, borderColor: border, foregroundColors });

export const hostConfig = {
  fontFamily: "inherit",
  supportsInteractivity: true,
  spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 14 },
  separator: { lineThickness: 1, lineColor: "var(--line)" },
  fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
  fontWeights: { lighter: 300, default: 400, bolder: 600 },
  lineHeights: { small: 16, default: 20, medium: 20, large: 24, extraLarge: 32 },
  imageSizes: { small: 32, medium: 52, large: 100 },
  containerStyles: {
    default: style("transparent", "var(--line)"),
    emphasis: style("var(--raised)", "var(--line)"),
    accent: style("var(--accent-back)", "var(--accent)"),
    good: style("var(--good-back)", "var(--good)"),
    warning: style("var(--warning-back)", "var(--warning)"),
    attention: style("var(--attention-back)", "var(--attention)"),
  },
  actions: {
    maxActions: 6,
    spacing: "default",
    buttonSpacing: 8,
    showCard: { actionMode: "inline", inlineTopMargin: 8, style: "emphasis" },
    actionsOrientation: "horizontal",
    actionAlignment: "left",
  },
  adaptiveCard: { allowCustomStyle: true },
  factSet: {
    title: { color: "default", size: "default", isSubtle: true, weight: "default", wrap: true, maxWidth: 140 },
    value: { color: "default", size: "default", isSubtle: false, weight: "default", wrap: true },
    spacing: 12,
  },
  inputs: {
    label: {
      inputSpacing: "small",
      requiredInputs: { weight: "bolder", suffix: " *", suffixColor: "attention" },
      optionalInputs: { weight: "bolder" },
    },
    errorMessage: { color: "attention", size: "small", spacing: "small", weight: "default" },
  },
  table: { cellSpacing: 6 },
  textBlock: { headingLevel: 3 },
};
