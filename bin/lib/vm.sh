# SPDX-License-Identifier: Apache-2.0
# Sourced by bin/bench: runs it inside a virtual machine with Debian's cloud kernel, for machines whose kernel has no
# WireGuard. Everything lives in the machine's memory: busybox to boot with, this JDK, wgj and the other programs with
# their libraries, all at the same paths as outside.

# Programs that the benchmark and the launchers call; busybox has the others.
readonly VM_PROGRAMS="bash env ip wg ss iperf3 ping nsenter unshare mount timeout openssl setsid readlink nproc grep sed"
readonly VM_MODULES="virtio_pci tun veth wireguard"
readonly VM_MEMORY=4096
readonly VM_RUN_SECONDS=2400

# Runs the benchmark with java $1, class path $2 and the options that follow, and puts its reports into the folder
# $VM_OUTPUT.
bench_in_vm() {
    local java=$1 classpath=$2 work accelerator status=1
    shift 2
    work=$(mktemp -d "${TMPDIR:-/tmp}/wgj-vm.XXXXXX") || return 1
    make_vm "$work" "$java" || { rm -rf "$work"; return 1; }
    for accelerator in kvm tcg; do
        vm_script "$accelerator" "$java" "$classpath" "$@" >"$work/script"
        (cd "$work" && echo script | cpio -o -H newc --quiet) | cat "$work/initrd" - >"$work/initrd-$accelerator"
        if run_vm "$work" "$accelerator"; then status=0; fi
        ! grep -q wgj-up "$work/console" || break
        echo "with the accelerator $accelerator the machine did not come up" >&2
    done
    rm -rf "$work"
    return "$status"
}

# Prints the script that the machine runs. Under emulation the figures say so, and everything may take longer.
vm_script() {
    local accelerator=$1 java=$2 classpath=$3 patience=1
    local -a options=("${@:4}")
    [ "$accelerator" = kvm ] || { options+=(--emulated --no-crypto); patience=10; }
    printf 'cd %q\n' "$WGJ_HOME"
    printf '%q ' "$java" -Xmx256m -XX:+UseSerialGC --add-modules jdk.incubator.vector -Dwgj.bench.patience=$patience \
        -Dwgj.bench.version="$(git -C "$WGJ_HOME" describe --always --dirty)" \
        -cp "$classpath" org.wgj.benchmarks.tunnel.Bench --output /reports "${options[@]}"
}

# Boots and waits, for the boot and then for the end, with the console shown from the moment it runs the benchmark.
run_vm() {
    local work=$1 accelerator=$2 pid waited=0 image cpu=max boot_seconds=150
    # On a machine that is itself virtual, KVM may refuse this processor or never boot.
    [ "$accelerator" != kvm ] || { cpu=host,-arch-capabilities boot_seconds=30; }
    : >"$work/console"
    : >"$work/reports"
    image=$(echo "$WGJ_HOME"/target/peers/kernel/boot/vmlinuz-*)
    qemu-system-x86_64 -accel "$accelerator" -cpu "$cpu" -smp "$(nproc)" -m "$VM_MEMORY" -no-reboot -nodefaults -display none \
        -serial "file:$work/console" -serial "file:$work/reports" -kernel "$image" -initrd "$work/initrd-$accelerator" \
        -append "console=ttyS0 quiet panic=-1 random.trust_cpu=on" </dev/null &
    pid=$!
    # shellcheck disable=SC2064
    trap "kill -KILL $pid 2>/dev/null; rm -rf '$work'" EXIT
    tail -n +1 --pid="$pid" -f "$work/console" &
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        waited=$((waited + 1))
        if [ "$waited" -ge "$VM_RUN_SECONDS" ] ||
            { [ "$waited" -ge "$boot_seconds" ] && ! grep -q wgj-up "$work/console"; }; then
            kill -KILL "$pid"
            break
        fi
    done
    wait "$pid" 2>/dev/null
    trap - EXIT
    mkdir -p "$VM_OUTPUT" && base64 -d "$work/reports" 2>/dev/null | tar -x -C "$VM_OUTPUT" 2>/dev/null &&
        grep -q 'wgj-down 0' "$work/console"
}

# Makes the initial file system $1/initrd, the only one, with the java $2.
make_vm() {
    local work=$1 root="$1/root" java=$2 program home
    home=$(dirname "$(dirname "$(readlink -f "$java")")")
    mkdir -p "$root"/{busybox,bin,tmp,proc,sys,dev,run,var,etc,reports} && ln -s ../run "$root/var/run" || return 1
    cp "$(command -v busybox)" "$root/busybox/busybox" || return 1
    for program in $VM_PROGRAMS; do
        program=$(command -v "$program") || continue
        copy_with_libraries "$root" "$program" || return 1
    done
    [ -e "$root/bin/bash" ] || ln -s "$(command -v bash)" "$root/bin/bash" || return 1
    ln -sf bash "$root/bin/sh"
    mkdir -p "$root/usr/bin" && { [ -e "$root/usr/bin/env" ] || ln -s "$(command -v env)" "$root/usr/bin/env"; } || return 1
    # The whole JDK at the same path, so that the caches made with it fit.
    tar -C / --exclude=jmods --exclude=src.zip --exclude=man -c "${home#/}" \
        "${WGJ_HOME#/}"/{bin,pom.xml,wg-daemon/target/lib} "${WGJ_HOME#/}"/benchmarks/target/{classes,lib} \
        $(cd / && echo "${WGJ_HOME#/}"/wg-daemon/target/wg-daemon-*.jar; cd / && ls "${WGJ_HOME#/}"/wg-daemon/target/*.aot 2>/dev/null) |
        tar -x -C "$root" || return 1
    [ "$(readlink -f "$java")" = "$java" ] || { mkdir -p "$root${java%/*}" && ln -sf "$(readlink -f "$java")" "$root$java"; }
    find "$home/lib" "$home/bin" -type f \( -name '*.so' -o -path '*/bin/java' \) -print0 |
        xargs -0 ldd 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' | grep -v "^$home" | sort -u |
        grep -E '/(libc|libm|libdl|libpthread|librt|libz|ld-linux-x86-64)\.so' | while read -r program; do
            copy_file "$root" "$program"
        done
    if [ -x "$WGJ_HOME/target/peers/wireguard-go" ]; then
        mkdir -p "$root$WGJ_HOME/target/peers" && cp -L "$WGJ_HOME/target/peers/wireguard-go" "$root$WGJ_HOME/target/peers/" &&
            copy_with_libraries "$root" "$WGJ_HOME/target/peers/wireguard-go" || return 1
    fi
    add_modules "$root" || return 1
    echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
    echo '#!/busybox/busybox sh' >"$root/init"
    cat >>"$root/init" <<'INIT'
/busybox/busybox --install -s /busybox
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/busybox HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
ln -s /proc/self/fd /dev/fd
exec </dev/null >/dev/ttyS0 2>&1
while read -r module; do insmod "$module" || echo "no $module"; done </modules
ip link set lo up
echo wgj-up
sh /script
echo "wgj-down $?"
stty -F /dev/ttyS1 raw -echo
tar -c -C /reports . | base64 >/dev/ttyS1
sleep 2
reboot -f
INIT
    chmod 755 "$root/init"
    (cd "$root" && find . | cpio -o -H newc --quiet) >"$work/initrd"
    rm -rf "$root"
}

copy_with_libraries() {
    local root=$1 program=$2 file
    copy_file "$root" "$program" || return 1
    ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | while read -r file; do
        copy_file "$root" "$file" || return 1
    done
}

copy_file() {
    mkdir -p "$1${2%/*}" && cp -L "$2" "$1$2"
}

# The kernel's package has no modules.dep, because only its installation makes one. Each module names those it needs.
add_modules() {
    local root=$1 module
    mkdir -p "$root/lib/modules" || return 1
    : >"$root/modules"
    for module in $VM_MODULES; do
        add_module "$root" "$module" || return 1
    done
}

add_module() {
    local root=$1 name=${2//-/_} file needed
    ! grep -q "/$name.ko\$" "$root/modules" || return 0
    file=$(find "$WGJ_HOME/target/peers/kernel/lib/modules/" -name "${name//_/[-_]}.ko" | head -n 1)
    if [ -z "$file" ]; then
        echo "the kernel's package has no module $name" >&2
        return 1
    fi
    for needed in $(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p' | tr ',' ' '); do
        add_module "$root" "$needed" || return 1
    done
    cp "$file" "$root/lib/modules/$name.ko" && echo "/lib/modules/$name.ko" >>"$root/modules"
}
