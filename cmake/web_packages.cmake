# Under emscripten: the packages of the engine from Debian's headers, through a tree of links of our
# own. /usr/include itself may not be seen, since its C library is another's.
set(web_headers ${PROJECT_BINARY_DIR}/headers)
file(MAKE_DIRECTORY ${web_headers})
foreach(header nlohmann boost fmt nlopt.hpp nlopt.h SQLiteCpp tbb oneapi)
  if(EXISTS /usr/include/${header})
    file(CREATE_LINK /usr/include/${header} ${web_headers}/${header} SYMBOLIC)
  endif()
endforeach()
file(CREATE_LINK /usr/include/eigen3/Eigen ${web_headers}/Eigen SYMBOLIC)
include_directories(SYSTEM ${web_headers})
foreach(package nlohmann_json::nlohmann_json fmt::fmt-header-only Boost::headers Eigen3::Eigen
    NLopt::nlopt TBB::tbb SQLiteCpp)
  add_library(${package} INTERFACE IMPORTED GLOBAL)
endforeach()
target_compile_definitions(fmt::fmt-header-only INTERFACE FMT_HEADER_ONLY=1)
