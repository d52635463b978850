// What jobs and backends have in common: texts, tables, closed sets, parameters. See check.hpp.
#pragma once

#include <ktel/abi/types.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <type_traits>

#include <ktel/sdk/detail/grammar.hpp>

namespace ktel::sdk {

constexpr void require(bool holds, const char* rule) {
  if (!holds) throw std::logic_error(rule);
}

namespace detail {

constexpr void check_text(const char* given) {
  const std::string_view all = text(given);
  require(all.size() <= 4096, "a text of a declaration has 4096 bytes at most");
  for (const char c : all) {
    require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f,
            "a text of a declaration holds no control character");
  }
}

constexpr void check_required(const char* given_text, const char* rule) {
  require(given(given_text), rule);
  check_text(given_text);
}

// Bits from 16 on change what the thing is: a host refuses one it does not know.
constexpr void check_flags(std::uint32_t flags, std::uint32_t known) {
  require((flags & 0xffff0000u & ~known) == 0, "a bit of `flags` from 16 on is none that is known");
}

// `rule` says which macro fills count and stride in.
template <class T>
constexpr void check_table(const T* first, std::uint32_t count, std::uint32_t stride,
                           const char* rule) {
  require(count == 0 || (first != nullptr && stride == sizeof(T)), rule);
}

// Is there a function? Its address is no constant to g++ 12 with -fsanitize=undefined, which is as
// good as an answer.
template <class Function>
constexpr bool there(Function* function) {
  if (std::is_constant_evaluated() && !__builtin_constant_p(function == nullptr)) return true;
  return function != nullptr;
}

constexpr void check_values(const ktel_label* values, std::uint32_t count, std::uint32_t stride) {
  check_table(values, count, stride, "give the values of a closed set with KTEL_VALUES(values)");
  require(count <= 1024, "a closed set has 1024 values at most");
  for (std::uint32_t i = 0; i < count; ++i) {
    check_required(values[i].value, "a value of a closed set is empty");
    check_required(values[i].label,
                   "a value of a closed set needs a label that says what it means");
    require(text(values[i].value).size() <= 64, "a value of a closed set has 64 bytes at most");
    for (std::uint32_t k = 0; k < i; ++k) {
      require(text(values[i].value) != values[k].value, "a closed set names a value twice");
    }
  }
}

enum class ParamOf { job, backend, own_io_backend };

// Names that are the host's own in every URL. What concerns connections a backend may declare that
// makes its own, as a text without flags.
constexpr void check_name_in_url(const ktel_param& param, ParamOf owner) {
  if (owner == ParamOf::job ||
      !holds("ca cert key pin server_name insecure timeout proxy", param.name))
    return;
  require(owner == ParamOf::own_io_backend && holds("ca cert key pin server_name", param.name),
          "a parameter of a backend has a name that is the host's own in every URL");
  require(param.type == KTEL_T_TEXT && param.flags == 0 && param.default_text == nullptr,
          "ca, cert, key, pin and server_name are what the host makes of the URL: give them type "
          "TEXT, no flags and no default");
}

constexpr void check_params(const ktel_param* params, std::uint32_t count, std::uint32_t stride,
                            ParamOf owner) {
  check_table(params, count, stride, "give the parameters with KTEL_PARAMS(params)");
  require(count <= 64, "64 parameters are the most");
  for (std::uint32_t i = 0; i < count; ++i) {
    const ktel_param& param = params[i];
    const bool secret = (param.flags & KTEL_PARAM_SECRET) != 0;
    require(name(text(param.name), "-_"),
            "a parameter's name is lower-case words joined by '-' or '_', 40 characters at most");
    check_name_in_url(param, owner);
    require(param.type >= KTEL_T_BOOL && param.type <= KTEL_T_TEXT && param.type != KTEL_T_LIST &&
                param.type != KTEL_T_MAP,
            "a parameter's type is unknown, or no single value");
    check_flags(param.flags, KTEL_PARAM_SECRET);
    check_required(param.description, "a parameter needs a description");
    check_text(param.default_text);
    check_values(param.values, param.value_count, param.value_stride);
    require(!given(param.env) || (owner == ParamOf::job && param.type == KTEL_T_TEXT),
            "a variable stands in for parameters of jobs alone, of type TEXT");
    require(!given(param.env) || naming_variable(param.env),
            "a variable that stands in names an object: upper-case words, at the end _NAME, "
            "_NAMESPACE, _SERVICE or _CLASS");
    require((param.type == KTEL_T_ENUM) == (param.value_count > 0),
            "a parameter of type ENUM has values, any other has none");
    require(!secret || owner != ParamOf::job, "no job is granted secrets");
    require(param.default_text == nullptr || (!secret && (param.flags & KTEL_PARAM_REQUIRED) == 0),
            "a parameter that is SECRET or REQUIRED has no default");
    for (std::uint32_t k = 0; k < i; ++k) {
      require(text(param.name) != params[k].name, "two parameters have one name");
    }
  }
}

// Paths with blanks between: of a read, or of a need.
constexpr void check_paths(const char* paths) {
  check_text(paths);
  std::string_view rest = text(paths);
  std::string_view word;
  std::size_t n = 0;
  for (; next_word(rest, word); ++n) {
    require(path(word),
            "a path is member names joined by '.', [*], ['key'] and ['prefix*'] (see job.h)");
  }
  require(n <= 64, "64 paths are the most");
}

}  // namespace detail
}  // namespace ktel::sdk
