#pragma once

#include <string>
#include <vector>

#include "client/session.hpp"

/// `mingyue recipes`: list, show, run.
namespace mingyue::client {

Exit list_recipes(Session& session, const std::string& folder);
Exit show_recipe(Session& session, const std::string& folder, const std::string& name);
/// Those named, and with `quickstart` those of the quickstart.
Exit run_named_recipes(Session& session, const std::string& folder, const std::vector<std::string>& names,
                       bool quickstart, bool reuse, const std::string& work);

}  // namespace mingyue::client
