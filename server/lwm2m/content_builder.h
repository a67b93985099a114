#pragma once

#include <optional>

#include <boost/system/result.hpp>

#include "server/lwm2m/node_path.h"
#include "server/lwm2m/payload.h"

namespace lwm2m {

// Gathers what a payload at a path holds, value by value, in whatever order they come. The
// function of types outlives it.
class ContentBuilder {
  public:
    ContentBuilder(const model::Path& path, const TypeOf& type_of);

    const NodePath& base() const { return base_; }
    // Of a Resource or its instance.
    std::optional<KnownType> type_of(const NodePath& path) const;

    // Whether a value may be there at all.
    std::optional<PayloadErrc> check(const NodePath& path) const;

    // A value as it looks: it is made the type that the Resource has, if that is known.
    std::optional<PayloadErrc> add(const NodePath& path, model::Single looks);
    // A value of the right type. A second one for the same path is malformed.
    std::optional<PayloadErrc> put(const NodePath& path, model::Single value);
    // Something that holds nothing: an Object, an Object Instance, a Resource without instances.
    std::optional<PayloadErrc> put_empty(const NodePath& path);

    // Nothing at all is no Value, unless the Resource is known to have several instances.
    boost::system::result<Content, PayloadErrc> finish() &&;

  private:
    std::optional<PayloadErrc> put_instance(const NodePath& path, model::Single value);

    NodePath base_;
    const TypeOf& type_of_;
    model::Objects objects_;
};

}  // namespace lwm2m
