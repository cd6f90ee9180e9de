#include "workload/rows.hpp"

#include <algorithm>

namespace mingyue::workload {

Row RowReader::bad(Remark remark, std::string_view name, const Field& field) {
  trouble_ = {remark, name, field.column, std::string(field.text.substr(0, 80))};
  return Row::bad;
}

Row RowReader::dropped(Remark remark) {
  trouble_ = {remark, {}, 0, {}};
  return Row::dropped;
}

bool RowReader::decimal(const Field& field, std::string_view name, std::int64_t& thousandths) {
  const Decimal read = read_decimal(field.text);
  switch (read.kind) {
    case Decimal::Kind::number:
      thousandths = read.thousandths;
      return true;
    case Decimal::Kind::missing:
      bad(Remark::missing_field, name, field);
      return false;
    case Decimal::Kind::not_a_number:
      bad(Remark::not_a_number, name, field);
      return false;
    case Decimal::Kind::too_large:
      bad(Remark::too_large, name, field);
      return false;
  }
  return false;
}

bool RowReader::time(const Field& field, std::string_view name, Duration max, Duration& value) {
  std::int64_t thousandths = 0;
  if (!decimal(field, name, thousandths)) return false;
  value = Duration(thousandths);
  if (value < Duration(0)) bad(Remark::negative, name, field);
  if (value > max) bad(Remark::too_large, name, field);
  return value >= Duration(0) && value <= max;
}

bool RowReader::whole(const Field& field, std::string_view name, std::int64_t max, std::int64_t& value) {
  const Decimal read = read_decimal(field.text);
  std::int64_t thousandths = 0;
  if (!decimal(field, name, thousandths)) return false;
  value = thousandths / 1000;
  if (!read.exact || thousandths % 1000 != 0) {
    bad(Remark::not_a_number, name, field);
    return false;
  }
  if (value > max) bad(Remark::too_large, name, field);
  return value <= max;
}

bool RowReader::count(const Field& field, std::string_view name, std::int64_t max, std::int64_t& value) {
  if (!whole(field, name, max, value)) return false;
  if (value < 0) bad(Remark::negative, name, field);
  return value >= 0;
}

std::int64_t number_of(std::string_view identity, std::int64_t ordinal) {
  std::int64_t number = 0;
  std::size_t digits = 0;
  while (digits < identity.size() && identity[digits] >= '0' && identity[digits] <= '9' && digits < 18)
    number = number * 10 + (identity[digits++] - '0');
  // `12ab` is a name and no number; `12#3` and `12.0` are numbers.
  const bool stops = digits == identity.size() || identity[digits] == '#' || identity[digits] == '.';
  return digits > 0 && stops ? number : ordinal;
}

Expected<std::vector<std::string>> read_head(Lines& lines) {
  TRY(line, lines.next());
  if (!line) return refuse("bad-document", "", "the file is empty");
  std::vector<Field> fields;
  split_at_commas(*line, 200, fields);
  std::vector<std::string> head;
  for (const Field& field : fields) head.emplace_back(field.text);
  return head;
}

std::size_t column_of(const std::vector<std::string>& head, std::string_view name) {
  const auto found = std::ranges::find(head, name);
  return found == head.end() ? std::string::npos : static_cast<std::size_t>(found - head.begin());
}

}  // namespace mingyue::workload
