#!/bin/sh
# build_llama_server.sh PYTHON PLACE: builds llama-server of llama.cpp (MIT) as the file PLACE. It can be interrupted: it
# goes on where it was. The source is the copy inside llama-cpp-python's source package (MIT), of which no code is run.
set -eu
python=$1 place=$2
work=$place.build
for tool in cmake c++; do
	command -v $tool >/dev/null || {
		echo "Building llama-server needs $tool. On Debian and Ubuntu: apt-get install cmake g++" >&2
		exit 1
	}
done
mkdir -p "$work"
if ! [ -f "$work/source/LICENSE" ]; then
	echo "Fetching the source of llama.cpp (77 MB)"
	echo "llama-cpp-python==0.3.36 --hash=sha256:832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e" \
		>"$work/wanted.txt"
	"$python" -m pip --quiet --disable-pip-version-check download --no-deps --no-binary llama-cpp-python \
		--require-hashes --requirement "$work/wanted.txt" --dest "$work"
	rm -rf "$work/unpacked"
	mkdir "$work/unpacked"
	tar -xzf "$work"/llama_cpp_python-*.tar.gz -C "$work/unpacked" --strip-components=2 \
		llama_cpp_python-0.3.36/vendor/llama.cpp
	rm -rf "$work/source"
	mv "$work/unpacked/llama.cpp" "$work/source"
fi
# Not for this very processor (NATIVE): some virtual machines announce instructions that they then refuse.
echo "Building llama-server (about ten minutes on two cores)"
cmake -S "$work/source" -B "$work/made" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=OFF \
	-DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
	-DLLAMA_BUILD_APP=OFF -DLLAMA_OPENSSL=OFF >"$work/log" 2>&1 || {
	tail -n 20 "$work/log" >&2
	exit 1
}
cmake --build "$work/made" --parallel "$(getconf _NPROCESSORS_ONLN)" --target llama-server >>"$work/log" 2>&1 || {
	tail -n 20 "$work/log" >&2
	exit 1
}
cp "$work/made/bin/llama-server" "$place.new"
mv "$place.new" "$place"
rm -rf "$work"
