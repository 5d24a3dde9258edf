using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatApi.Data.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class PeopleAndForks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.RenameColumn(
                name: "DeniedReason",
                table: "ToolCalls",
                newName: "Detail");

            migrationBuilder.AddColumn<string>(
                name: "ResumeAt",
                table: "Turns",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "SentBy",
                table: "Turns",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "ForkAt",
                table: "Sessions",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "ForkOf",
                table: "Sessions",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<long>(
                name: "ForkSeq",
                table: "Sessions",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "ForkedFrom",
                table: "Sessions",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "Model",
                table: "Sessions",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "PermissionMode",
                table: "Sessions",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.CreateTable(
                name: "Requests",
                columns: table => new
                {
                    ProjectId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    SessionId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    TurnId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ToolUseId = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    AskedAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    Request = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Resolution = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    IsOpen = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Requests", x => new { x.ProjectId, x.Id });
                    table.ForeignKey(
                        name: "FK_Requests_Projects_ProjectId",
                        column: x => x.ProjectId,
                        principalTable: "Projects",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Requests_IsOpen",
                table: "Requests",
                column: "IsOpen");

            migrationBuilder.CreateIndex(
                name: "IX_Requests_TurnId",
                table: "Requests",
                column: "TurnId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Requests");

            migrationBuilder.DropColumn(
                name: "ResumeAt",
                table: "Turns");

            migrationBuilder.DropColumn(
                name: "SentBy",
                table: "Turns");

            migrationBuilder.DropColumn(
                name: "ForkAt",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "ForkOf",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "ForkSeq",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "ForkedFrom",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "Model",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "PermissionMode",
                table: "Sessions");

            migrationBuilder.RenameColumn(
                name: "Detail",
                table: "ToolCalls",
                newName: "DeniedReason");
        }
    }
}
