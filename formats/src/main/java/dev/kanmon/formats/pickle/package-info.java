/**
 * Python pickles as data: what {@code torch.save} writes for a dictionary of tensors, and nothing else. Nothing is ever
 * called; a pickle that asks for anything but tensors is refused by name.
 */
package dev.kanmon.formats.pickle;
