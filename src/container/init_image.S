/* container/init_image.S: the program that runs inside, as bytes of this one. launch.cpp seals them into a memfd. */
    .section .rodata
    .globl minc_init_begin
    .globl minc_init_end
    .balign 64
minc_init_begin:
    .incbin MINC_INIT_PATH
minc_init_end:
    .section .note.GNU-stack, "", %progbits
