#!/usr/bin/env bash
# Shows with a real kernel that an engine with a memory_limit is held to it by a control group of version 2: boots Debian's kernel in a
# virtual machine, with the gateway and a fake engine in it and nothing else. For machines whose own groups are not handed on, which
# are most. Debian packages: qemu-system-x86 busybox-static cpio attr; the kernel is fetched with apt-get and not installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=.build/control-groups
root=$build/root
rm -rf $root && mkdir -p $root/{bin,proc,sys,dev,tmp,house/models,house/config,house/data}

kernel=$(ls $build/kernel/boot/vmlinuz-* 2>/dev/null | tail -1 || true)
if [ -z "$kernel" ]; then
    package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: //p' | head -1)
    (cd $build && apt-get download -qq "$package" && dpkg -x "$package"_*.deb kernel)
    kernel=$(ls $build/kernel/boot/vmlinuz-* | tail -1)
fi

programs=(.build/release/roundhouse .build/release/fake-engine "$(command -v unshare)" "$(command -v setfattr)")
cp "$(command -v busybox)" "${programs[@]}" $root/bin/
ldd "${programs[@]}" | sed -n 's/.*[ \t]\(\/[^ ]*\) (0x.*/\1/p' | sort -u | while read -r library; do
    mkdir -p "$root$(dirname "$library")" && cp -L "$library" "$root$library"
done
cp tools/control-groups/init $root/init
cat >$root/house/models/hungry.yaml <<'END'
name: hungry
backend: command
command: [/bin/fake-engine, --socket, "${SOCKET}", --obey]
memory_limit: 200MiB
warm_up: true
END
(cd $root && find . | cpio -o -H newc --quiet | gzip -1) >$build/initramfs

# Without KVM, which is slower and runs everywhere, in other virtual machines too.
timeout 300 qemu-system-x86_64 -accel tcg -cpu max -nic none -m 1024 -nographic -no-reboot -kernel "$kernel" -initrd $build/initramfs \
    -append "console=ttyS0 quiet panic=-1 cgroup_no_v1=all ${1:-}" | tee $build/log
grep -aq 'all is as it should be' $build/log
