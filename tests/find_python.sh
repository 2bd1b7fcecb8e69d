# To be sourced: find_python VERSION, e.g. 3.12, prints a working interpreter of that version, or nothing.
find_python() {
    if "python$1" --version >/dev/null 2>&1; then
        echo "python$1"
    elif command -v pyenv >/dev/null; then
        find "$(pyenv root)/versions" -maxdepth 3 -path "*/$1.*/bin/python" | head -n 1
    fi
}
