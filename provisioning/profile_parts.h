#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/document/document.h"
#include "provisioning/model/objects.h"
#include "provisioning/profile.h"

// The parts that a profile is read in: each gathers drafts, which are then checked as a whole.
namespace provisioning {

// What the values of a profile are read against.
struct Basis {
    EnablerVersion enabler = EnablerVersion::v1_1;
    const model::Definitions* definitions = nullptr;
    std::optional<std::chrono::sys_seconds> now{};  // what certificates have to be valid at
};

// An instance while the profile is read: with the place of each Resource in the document.
struct Draft {
    PlannedInstance planned;
    // Written by an entry of "operations" or "onFinishRefused" itself: it may be written again.
    bool by_operation = false;
    // A Write of some of its Resources: the others are on the device already, so that nothing of
    // it is missing.
    bool partial = false;
    // What its Resources mean is not known, which was told; they were passed over.
    bool unreadable = false;
    std::string key_share;        // of a Security Instance: its name in the settings, may be empty
    std::string key_share_place;  // empty: none is written
    std::map<model::ResourceId, std::string> places;  // absolute pointers
    std::set<model::ResourceId> told;                 // whose problem was told already
    std::string instance_place;                       // where its id is, or would be, written

    // Where a problem of the Resource belongs.
    const std::string& place(model::ResourceId resource) const;
    bool has(model::ResourceId resource) const { return planned.resources.contains(resource); }
    // The literal value; null when there is none, or it is a template.
    template <class T>
    const T* literal(model::ResourceId resource) const {
        const auto* single = value(resource);
        const auto* known = single != nullptr ? std::get_if<model::Single>(single) : nullptr;
        return known != nullptr ? std::get_if<T>(known) : nullptr;
    }
    template <class T>
    T* literal(model::ResourceId resource) {
        return const_cast<T*>(std::as_const(*this).template literal<T>(resource));
    }
    const TemplateSingle* value(model::ResourceId resource) const;
};

// An instance written as an object: "version", "objectVersion", and its Resources by id or name.
Draft read_instance(const document::Node& node, model::ObjectId object,
                    std::optional<model::InstanceId> instance, const Basis& basis);
// A part of an instance: the one Resource whose value node is.
Draft read_resource(const document::Node& node, const model::Path& path, const Basis& basis);

// Reads the member `key` of node as the Resource of a defined Object; absent: nothing happens.
void read_defined_resource(const document::Node& node, std::string_view key,
                           model::ResourceId resource, const Basis& basis, Draft& draft);
// Reads value as the Resource; one that the Object has not is told.
void read_resource_into(const document::Node& value, model::ResourceId resource, const Basis& basis,
                        Draft& draft);
// Reads every member of node but `passed_over` as a Resource, by id or by the registry's name.
void read_resources(const document::Node& node, std::initializer_list<std::string_view> passed_over,
                    const Basis& basis, Draft& draft);

// "security" of an entry of "servers": the keys of its Security Instance.
void read_security(const document::Node& entry, const Basis& basis, Draft& draft);
// "keyShare": who is told what is made for the device.
void read_key_share(const document::Node& entry, Draft& draft);
// "servers": a Security and a Server Instance for each.
void read_servers(const document::Node& root, const Basis& basis, std::vector<Draft>& drafts);
// "bootstrapAccount", with what is to be warned of.
void read_bootstrap_account(const document::Node& root, Profile& profile);
// What has to be made for a device of the profile, by the templates of its instances and of its
// Bootstrap-Server account; each secret is told to a server.
Wanted collect_wanted(const document::Node& root, const Profile& profile,
                      const std::vector<Draft>& drafts);
// "accessControl": an Access Control Instance for each.
void read_access_control(const document::Node& root, const Basis& basis,
                         std::vector<Draft>& drafts);
// "objects": instances, Resource by Resource.
void read_objects(const document::Node& root, const Basis& basis, std::vector<Draft>& drafts);

// What one instance must hold and may hold beside each other; of a partial one only the latter.
// Also writes the Resources that older devices must be given although they are unused.
void check_instance(const document::Node& root, const Basis& basis, Draft& draft);
// All of the above, and what only makes sense as a whole: halves of accounts, ids, links. The
// drafts are those of the profile's own instances and of its operations' Writes;
// profile.operations is filled in already.
void check_profile(const document::Node& root, const Profile& profile, const Basis& basis,
                   std::vector<Draft>& drafts);

}  // namespace provisioning
