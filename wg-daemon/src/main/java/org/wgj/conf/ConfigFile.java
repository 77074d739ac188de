package org.wgj.conf;

import java.nio.file.Path;

/**
 * A configuration file that was read and is right in every line.
 *
 * @param interfaceName from the file's name
 */
public record ConfigFile(Path path, String interfaceName, DeviceConfig device, QuickConfig quick) {}
