# cmake -DFROM=openapi.json -DTO=openapi.cpp -P Embed.cmake: the file as a function of http. In
# pieces, since compilers need not take literals above 64 KiB.
file(READ "${FROM}" text)
string(LENGTH "${text}" length)
set(code "#include \"server/http/openapi.h\"\n\nnamespace http {\n\nstd::string openapi_text() {\n")
string(APPEND code "    std::string text;\n    text.reserve(${length});\n")
set(begin 0)
while(begin LESS length)
    string(SUBSTRING "${text}" ${begin} 8192 piece)
    string(APPEND code "    text += R\"openapi(${piece})openapi\";\n")
    math(EXPR begin "${begin} + 8192")
endwhile()
string(APPEND code "    return text;\n}\n\n}  // namespace http\n")
file(WRITE "${TO}" "${code}")
