// Values: see the header.
#include "isolation/value_bytes.hpp"

namespace ktel::isolation {
namespace {

std::string_view view(ktel_str text) {
  return text.len == 0 || text.ptr == nullptr ? std::string_view{}
                                              : std::string_view{text.ptr, text.len};
}

void put_flat(BytesOut& out, const ktel_value& value) {
  switch (value.type) {
    case KTEL_V_BOOL:
    case KTEL_V_I64:
      out.whole(value.i64);
      break;
    case KTEL_V_F64:
      out.real(value.f64);
      break;
    case KTEL_V_STRING:
    case KTEL_V_JSON:
      out.text(view(value.str));
      break;
    default:  // says all with its type
      break;
  }
}

ktel_value get_flat(BytesIn& in, std::uint32_t type) {
  ktel_value value{};
  value.type = type;
  switch (type) {
    case KTEL_V_BOOL:
    case KTEL_V_I64:
      value.i64 = in.whole();
      break;
    case KTEL_V_F64:
      value.f64 = in.real();
      break;
    case KTEL_V_STRING:
    case KTEL_V_JSON: {
      const std::string_view text = in.text();
      value.str = {text.data(), text.size()};
      break;
    }
    default:
      break;
  }
  return value;
}

}  // namespace

// A plugin may put a type that does not exist, which is refused where it is checked.
void put_value(BytesOut& out, const ktel_value& value) {
  out.number(value.type);
  if (value.type != KTEL_V_LIST) return put_flat(out, value);
  const std::uint32_t count = value.items == nullptr ? 0 : value.count;
  out.number(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    out.number(value.items[i].type);
    put_flat(out, value.items[i]);
  }
}

ktel_value get_value(BytesIn& in, std::deque<std::vector<ktel_value>>& lists) {
  const std::uint32_t type = in.number32();
  if (type != KTEL_V_LIST) return get_flat(in, type);
  std::vector<ktel_value>& items = lists.emplace_back();
  for (std::size_t left = in.count(); left > 0 && in.good(); --left) {
    const std::uint32_t item = in.number32();
    items.push_back(get_flat(in, item));
  }
  ktel_value value{};
  value.type = KTEL_V_LIST;
  value.count = static_cast<std::uint32_t>(items.size());
  value.items = items.data();
  return value;
}

}  // namespace ktel::isolation
