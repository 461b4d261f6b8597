// A text that a stranger wrote, as each format can hold it without becoming anything but text.
#pragma once

#include <string>

namespace traincost {

// Control characters, and those that turn the direction of a text, are written out: "\u001b". Line
// feeds and tabs stay.
[[nodiscard]] std::string visible(const std::string& text);

// As HTML and SVG have it, in an element or a quoted attribute.
[[nodiscard]] std::string markup(const std::string& text);

// As one line of Markdown: it marks nothing up, breaks no table and opens no HTML.
[[nodiscard]] std::string plain_markdown(const std::string& text);

}  // namespace traincost
