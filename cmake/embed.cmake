# cmake -P embed.cmake: writes OUTPUT, a C++ file whose function FUNCTION returns every
# <folder>/<room>/<id>.json of the folders DATA (|-separated, under ROOT) as an EmbeddedFile.
# INCLUDE declares that function.
string(REPLACE "|" ";" folders "${DATA}")
list(JOIN folders ", " names)
set(code "// Generated from ${names}; do not edit.\n#include \"${INCLUDE}\"\n\nnamespace traincost {\n\n")
string(APPEND code "const std::vector<EmbeddedFile>& ${FUNCTION}() {\n  static const std::vector<EmbeddedFile> files = {\n")
foreach(folder IN LISTS folders)
  file(GLOB files RELATIVE ${ROOT}/${folder} ${ROOT}/${folder}/*/*.json)
  list(SORT files)
  foreach(file IN LISTS files)
    get_filename_component(room ${file} DIRECTORY)
    get_filename_component(id ${file} NAME_WLE)
    file(READ ${ROOT}/${folder}/${file} text)
    string(APPEND code "      {\"${room}\", \"${id}\", \"${folder}/${file}\", R\"record(${text})record\"},\n")
  endforeach()
endforeach()
string(APPEND code "  };\n  return files;\n}\n\n}  // namespace traincost\n")
file(WRITE ${OUTPUT} "${code}")
