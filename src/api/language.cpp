#include "api/language.hpp"

#include <string>

#include "http/text.hpp"

namespace mingyue::api {
namespace {

/// `q=0.8` in thousandths; 1000 where there is none, 0 where it cannot be read.
int weight_of(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return 1000;
  std::string_view digits = http::trim(parameters.substr(at + 2));
  if (digits.empty() || (digits.front() != '0' && digits.front() != '1')) return 0;
  int weight = (digits.front() - '0') * 1000;
  digits.remove_prefix(1);
  if (digits.starts_with('.')) digits.remove_prefix(1);
  for (int unit = 100; unit > 0 && !digits.empty() && http::is_digit(digits.front()); unit /= 10) {
    weight += (digits.front() - '0') * unit;
    digits.remove_prefix(1);
  }
  return weight;
}

}  // namespace

Language accepted_language(std::string_view header) {
  Language best = Language::en;
  int best_weight = 0;
  while (!header.empty()) {
    const std::string_view item = http::trim(header.substr(0, header.find(',')));
    header.remove_prefix(
        std::min(header.size(), header.find(',') == std::string_view::npos ? header.size() : header.find(',') + 1));
    const std::string tag = http::lower(http::trim(item.substr(0, item.find(';'))));
    const int weight = item.find(';') == std::string_view::npos ? 1000 : weight_of(item.substr(item.find(';') + 1));
    const std::string language = tag.substr(0, tag.find('-'));
    if (weight <= best_weight || (language != "en" && language != "zh")) continue;
    best = language == "zh" ? Language::zh : Language::en;
    best_weight = weight;
  }
  return best;
}

}  // namespace mingyue::api
