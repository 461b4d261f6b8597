# cmake -P embed.cmake: writes OUTPUT, a C++ file whose function FUNCTION returns every
# DATA/<room>/<id>.json as an EmbeddedFile, sorted. INCLUDE declares that function.
file(GLOB files RELATIVE ${DATA} ${DATA}/*/*.json)
list(SORT files)
set(code "// Generated from ${NAME}; do not edit.\n#include \"${INCLUDE}\"\n\nnamespace traincost {\n\n")
string(APPEND code "const std::vector<EmbeddedFile>& ${FUNCTION}() {\n  static const std::vector<EmbeddedFile> files = {\n")
foreach(file IN LISTS files)
  get_filename_component(room ${file} DIRECTORY)
  get_filename_component(id ${file} NAME_WLE)
  file(READ ${DATA}/${file} text)
  string(APPEND code "      {\"${room}\", \"${id}\", R\"record(${text})record\"},\n")
endforeach()
string(APPEND code "  };\n  return files;\n}\n\n}  // namespace traincost\n")
file(WRITE ${OUTPUT} "${code}")
