#include "cgroup/bus_message.h"

#include <bit>
#include <cstring>

namespace cgroup::bus {
namespace {

constexpr char kOrder = std::endian::native == std::endian::little ? 'l' : 'B';
constexpr char kVersion = 1;
constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr int kDeepest = 32;

// Header fields, by number.
enum Field : std::uint8_t { kPath = 1, kInterface, kMember, kErrorName, kReplySerial, kDestination, kSender, kSignature };

std::size_t alignment_of(char type) {
  switch (type) {
    case 'y':
    case 'g':
    case 'v':
      return 1;
    case 'n':
    case 'q':
      return 2;
    case 'x':
    case 't':
    case 'd':
    case '(':
      return 8;
    default:
      return 4;  // b i u s o a
  }
}
std::size_t width_of(char type) { return type == 'b' || type == 'i' || type == 'u' ? 4 : alignment_of(type); }
bool is_number(char type) { return std::string_view("ybnqiuxtd").find(type) != std::string_view::npos; }

// The first complete type of a signature; "" when there is none that we know.
std::string_view first_type(std::string_view signature, int depth = 0) {
  if (signature.empty() || depth > kDeepest) return {};
  const char type = signature.front();
  if (is_number(type) || type == 's' || type == 'o' || type == 'g' || type == 'v') return signature.substr(0, 1);
  if (type == 'a') {
    const std::string_view element = first_type(signature.substr(1), depth + 1);
    return element.empty() ? element : signature.substr(0, 1 + element.size());
  }
  if (type != '(') return {};
  std::size_t end = 1;
  while (end < signature.size() && signature[end] != ')') {
    const std::string_view member = first_type(signature.substr(end), depth + 1);
    if (member.empty()) return {};
    end += member.size();
  }
  return end < signature.size() && end > 1 ? signature.substr(0, end + 1) : std::string_view{};
}

class Writer {
  std::string bytes_;

 public:
  void align(std::size_t to) { bytes_.append((to - bytes_.size() % to) % to, '\0'); }
  void raw(std::uint64_t number, std::size_t width) {
    align(width);
    if constexpr (std::endian::native == std::endian::big) number <<= 8 * (8 - width);
    bytes_.append(reinterpret_cast<const char*>(&number), width);
  }
  void put(const BusValue& value) {
    const char type = value.signature.front();
    if (is_number(type)) return raw(value.number, width_of(type));
    switch (type) {
      case 's':
      case 'o':
        raw(value.text.size(), 4);
        return append_text(value.text);
      case 'g':
        return put_signature(value.text);
      case 'v':
        put_signature(value.items.front().signature);
        return put(value.items.front());
      case 'a':
        return put_array(value);
      default:
        align(8);
        for (const BusValue& item : value.items) put(item);
    }
  }
  void put_signature(std::string_view signature) {
    bytes_ += static_cast<char>(signature.size());
    append_text(signature);
  }
  // The length counts from the first element, after its alignment, which is there for an empty array too.
  void put_array(const BusValue& value) {
    raw(0, 4);
    const std::size_t length_at = bytes_.size() - 4;
    align(alignment_of(value.signature[1]));
    const std::size_t begin = bytes_.size();
    for (const BusValue& item : value.items) put(item);
    set_u32(length_at, bytes_.size() - begin);
  }
  void set_u32(std::size_t at, std::size_t number) {
    const auto length = static_cast<std::uint32_t>(number);
    std::memcpy(bytes_.data() + at, &length, sizeof length);
  }
  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

 private:
  void append_text(std::string_view text) { bytes_.append(text).push_back('\0'); }
};

class Reader {
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool good_ = true;

  bool has(std::size_t count) { return good_ = good_ && count <= bytes_.size() - at_; }

 public:
  explicit Reader(std::string_view bytes, std::size_t at = 0) : bytes_(bytes), at_(at) {}
  bool good() const { return good_; }
  std::size_t at() const { return at_; }
  void align(std::size_t to) {
    const std::size_t skipped = (to - at_ % to) % to;
    if (has(skipped)) at_ += skipped;
  }
  std::uint64_t raw(std::size_t width) {
    align(width);
    std::uint64_t number = 0;
    if (!has(width)) return 0;
    std::memcpy(&number, bytes_.data() + at_, width);
    if constexpr (std::endian::native == std::endian::big) number >>= 8 * (8 - width);
    at_ += width;
    return number;
  }
  std::string text(std::size_t length) {
    if (!has(length) || !has(length + 1) || bytes_[at_ + length] != '\0') {
      good_ = false;
      return {};
    }
    std::string text(bytes_.substr(at_, length));
    at_ += length + 1;
    return text;
  }
  BusValue get(std::string_view type, int depth = 0) {
    BusValue value{std::string(type), 0, {}, {}};
    if (depth > kDeepest || type.empty()) {
      good_ = false;
      return value;
    }
    const char first = type.front();
    if (is_number(first)) {
      value.number = raw(width_of(first));
    } else if (first == 's' || first == 'o') {
      value.text = text(raw(4));
    } else if (first == 'g') {
      value.text = text(raw(1));
    } else if (first == 'v') {
      const std::string inner = text(raw(1));
      if (good_ && first_type(inner) == inner)
        value.items.push_back(get(inner, depth + 1));
      else
        good_ = false;
    } else if (first == 'a') {
      get_array(value, type.substr(1), depth);
    } else {
      align(8);
      get_all(value.items, type.substr(1, type.size() - 2), depth);
    }
    return value;
  }
  void get_all(std::vector<BusValue>& items, std::string_view signature, int depth = 0) {
    while (good_ && !signature.empty()) {
      const std::string_view type = first_type(signature);
      items.push_back(get(type, depth + 1));
      signature.remove_prefix(type.size());
    }
  }

 private:
  void get_array(BusValue& value, std::string_view element, int depth) {
    const std::uint64_t length = raw(4);
    align(alignment_of(element.front()));
    if (!has(length)) return;
    const std::size_t end = at_ + length;
    while (good_ && at_ < end) value.items.push_back(get(element, depth + 1));
    good_ = good_ && at_ == end;
  }
};

std::string signature_of(const std::vector<BusValue>& body) {
  std::string signature;
  for (const BusValue& value : body) signature += value.signature;
  return signature;
}

void set_field(Message& message, std::uint64_t field, const BusValue& value, std::string& signature) {
  switch (field) {
    case kPath:
      message.path = value.text;
      break;
    case kInterface:
      message.interface = value.text;
      break;
    case kMember:
      message.member = value.text;
      break;
    case kErrorName:
      message.error_name = value.text;
      break;
    case kReplySerial:
      message.answers = static_cast<std::uint32_t>(value.number);
      break;
    case kDestination:
      message.destination = value.text;
      break;
    case kSignature:
      signature = value.text;
      break;
    default:
      break;  // the specification: unknown fields are to be ignored
  }
}

}  // namespace

const std::string& Message::text(std::size_t index) const {
  static const std::string kNone;
  return index < body.size() ? body[index].text : kNone;
}

std::string marshal(const Message& message) {
  Writer body;
  for (const BusValue& value : message.body) body.put(value);
  BusValue fields{"a(yv)", 0, {}, {}};
  const auto field = [&](Field number, const char* type, const std::string& text) {
    if (text.empty()) return;
    fields.items.push_back({"(yv)", 0, {}, {{"y", number, {}, {}}, {"v", 0, {}, {{type, 0, text, {}}}}}});
  };
  field(kPath, "o", message.path);
  field(kInterface, "s", message.interface);
  field(kMember, "s", message.member);
  field(kErrorName, "s", message.error_name);
  field(kDestination, "s", message.destination);
  field(kSignature, "g", signature_of(message.body));
  if (message.answers != 0)
    fields.items.push_back({"(yv)", 0, {}, {{"y", kReplySerial, {}, {}}, {"v", 0, {}, {plan::bus_u32(message.answers)}}}});
  Writer whole;
  for (const char byte : {kOrder, static_cast<char>(message.kind), '\0', kVersion}) whole.raw(static_cast<std::uint8_t>(byte), 1);
  whole.raw(body.size(), 4);
  whole.raw(message.serial, 4);
  whole.put(fields);
  whole.align(8);
  return whole.take() + body.take();
}

std::optional<std::size_t> size_of(std::string_view fixed) {
  if (fixed.size() < kFixedBytes || fixed[0] != kOrder || fixed[3] != kVersion) return std::nullopt;
  Reader reader(fixed, 4);
  const std::uint64_t body = reader.raw(4);
  reader.raw(4);
  const std::uint64_t fields = reader.raw(4), whole = (kFixedBytes + fields + 7) / 8 * 8 + body;
  if (whole > kMostBytes) return std::nullopt;
  return whole;
}

std::optional<Message> unmarshal(std::string_view bytes) {
  if (size_of(bytes.substr(0, kFixedBytes)) != bytes.size()) return std::nullopt;
  Message message;
  message.kind = static_cast<Kind>(bytes[1]);
  Reader reader(bytes, 8);
  message.serial = static_cast<std::uint32_t>(reader.raw(4));
  const BusValue fields = reader.get("a(yv)");
  if (!reader.good()) return std::nullopt;
  std::string signature;
  for (const BusValue& field : fields.items) set_field(message, field.items[0].number, field.items[1].items[0], signature);
  reader.align(8);
  reader.get_all(message.body, signature);
  if (!reader.good() || reader.at() != bytes.size()) return std::nullopt;
  return message;
}

}  // namespace cgroup::bus
