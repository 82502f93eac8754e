// How Teams draws: its fonts, spacing and colours, near enough to judge a card by. Used by the page, so it must not refer to anything else.
export const themes = {
  light: { page: "#f5f5f5", card: "#ffffff", text: "#242424", faint: "#616161", accent: "#5b5fc7", good: "#0e700e", warning: "#8a5a00", attention: "#c4314b", line: "#d1d1d1", box: "#f0f0f0", field: "#ffffff" },
  dark: { page: "#1f1f1f", card: "#292929", text: "#ffffff", faint: "#adadad", accent: "#9ea2ff", good: "#92c353", warning: "#f8d22a", attention: "#f9526b", line: "#525252", box: "#333333", field: "#1f1f1f" },
};

export function hostConfig(t) {
  const colour = (c, subtle = c) => ({ default: c, subtle });
  const foregroundColors = {
    default: colour(t.text, t.faint), dark: colour(t.text, t.faint), light: colour(t.faint), accent: colour(t.accent),
    good: colour(t.good), warning: colour(t.warning), attention: colour(t.attention),
  };
  return {
    fontFamily: "'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif",
    fontTypes: { default: {}, monospace: { fontFamily: "Consolas, 'DejaVu Sans Mono', monospace" } },
    fontSizes: { small: 12, default: 14, medium: 16, large: 18, extraLarge: 24 },
    fontWeights: { lighter: 300, default: 400, bolder: 600 },
    spacing: { small: 6, default: 10, medium: 14, large: 20, extraLarge: 28, padding: 16 },
    separator: { lineThickness: 1, lineColor: t.line },
    containerStyles: {
      default: { backgroundColor: t.card, foregroundColors },
      emphasis: { backgroundColor: t.box, foregroundColors },
    },
    inputs: { label: { inputSpacing: "small", requiredInputs: { weight: "bolder", suffix: " *", suffixColor: "attention" }, optionalInputs: { weight: "bolder" } }, errorMessage: { color: "attention" } },
    actions: { maxActions: 6, spacing: "medium", buttonSpacing: 8, actionsOrientation: "horizontal", actionAlignment: "left", showCard: { actionMode: "inline", inlineTopMargin: 12, style: "emphasis" } },
    factSet: { title: { weight: "bolder", wrap: true, maxWidth: 150 }, value: { wrap: true }, spacing: 12 },
    supportsInteractivity: true,
  };
}

export function styleSheet(t) {
  return `body{margin:0;background:${t.page};color-scheme:${t.page === "#1f1f1f" ? "dark" : "light"}}
#card{margin:8px;background:${t.card};border:1px solid ${t.line};border-radius:4px;overflow:hidden}
.ac-pushButton{font:600 14px 'Segoe UI','Noto Sans',sans-serif;padding:5px 16px;border:1px solid ${t.line};border-radius:4px;background:${t.card};color:${t.text};margin-bottom:6px}
.ac-pushButton.style-positive{background:${t.accent};border-color:${t.accent};color:${t.card}}
.ac-pushButton.style-destructive{color:${t.attention};border-color:${t.attention}}
.ac-actionSet{flex-wrap:wrap;row-gap:2px}
.ac-input{font:14px 'Segoe UI','Noto Sans',sans-serif;box-sizing:border-box;border:1px solid ${t.line};border-radius:4px;padding:6px 8px;background:${t.field};color:${t.text}}
input[type=checkbox]{margin-right:8px}
.ac-richTextBlock{white-space:pre-wrap;line-height:1.33}`;
}
