// JSON Schemas that fold over the tables of members: what is read is what is described.
#pragma once

#include <string>

namespace traincost {

// traincost.job/1, as reports/schema/input/job.json holds it.
[[nodiscard]] std::string job_schema();

// traincost.published/1, as reports/schema/input/published.json holds it.
[[nodiscard]] std::string published_schema();

// traincost.report/1 with its phases' layouts as the knobs' table has them; the rest is as
// `written` in reports/schema/report/report.json, which must be JSON.
[[nodiscard]] std::string report_schema(const std::string& written);

}  // namespace traincost
