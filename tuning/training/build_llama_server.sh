#!/bin/sh
# build_llama_server.sh --check: says what is missing for a build, if anything, and does nothing.
# build_llama_server.sh PYTHON PLACE: builds llama-server of llama.cpp (MIT) as the file PLACE. It can be interrupted: it
# goes on where it was. The source is the copy inside llama-cpp-python's source package (MIT), of which no code is run.
set -eu
version=0.3.36
missing=
for tool in cmake "${CC:-cc}" "${CXX:-c++}" make tar; do
	command -v "${tool%% *}" >/dev/null || missing="$missing ${tool%% *}"
done
if [ -n "$missing" ]; then
	echo "Building llama-server needs$missing. On Debian and Ubuntu: apt-get install cmake g++ make tar" >&2
	echo "Or install llama.cpp (brew, conda, or its releases): a llama-server on the PATH is taken as it is." >&2
	exit 1
fi
if [ "$1" = --check ]; then exit 0; fi
python=$1 place=$2
work=$place.build
source=$work/source-$version
log=$work/log

failed() {
	tail -n 20 "$log" >&2
	echo "Building llama-server failed. All that was said: $log. To go on where it was, run the same again." >&2
	exit 1
}

mkdir -p "$work"
if ! [ -f "$source/LICENSE" ]; then
	echo "Fetching the source of llama.cpp (77 MB)"
	echo "llama-cpp-python==$version --hash=sha256:832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e" \
		>"$work/wanted.txt"
	"$python" -m pip --quiet --disable-pip-version-check download --no-deps --no-binary llama-cpp-python \
		--require-hashes --requirement "$work/wanted.txt" --dest "$work"
	rm -rf "$work/unpacked" "$source" "$work/made" # what was built of another version, or of half a source
	mkdir "$work/unpacked"
	tar -xzf "$work/llama_cpp_python-$version.tar.gz" -C "$work/unpacked" --strip-components=2 \
		"llama_cpp_python-$version/vendor/llama.cpp"
	mv "$work/unpacked/llama.cpp" "$source"
fi
# Not for this very processor (NATIVE): some virtual machines announce instructions that they then refuse.
echo "Building llama-server (about ten minutes on two cores); what is said goes to $log"
cmake -S "$source" -B "$work/made" -G "Unix Makefiles" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
	-DGGML_NATIVE=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_BUILD_TESTS=OFF \
	-DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_OPENSSL=OFF >"$log" 2>&1 || failed
# The lines "[ 42%] Building CXX object" become one for each tenth. A pipe hides how the build ended: a file tells it.
rm -f "$work/built"
{ cmake --build "$work/made" --parallel "$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)" --target llama-server &&
	touch "$work/built"; } 2>&1 | tee -a "$log" | {
	next=0
	while IFS= read -r line; do
		case $line in
		"["*%"]"*)
			share=${line#?} share=${share%%\%*} share=${share##* }
			if [ "$share" -ge "$next" ]; then
				echo "  $share %"
				next=$((share - share % 10 + 10))
			fi
			;;
		esac
	done
}
[ -f "$work/built" ] || failed
cp "$work/made/bin/llama-server" "$place.new"
mv "$place.new" "$place"
rm -rf "$work"
echo "Built: $place"
